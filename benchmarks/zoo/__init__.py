"""Models that nobody here wrote: keras.applications against torchvision, and public packages."""

MODELS = (
    *("vgg16", "vgg16_softmax", "mobilenet_v2", "mobilenet_v3_large", "resnet50", "densenet121"),
    *("inception_v3", "efficientnet_b0", "convnext_tiny"),
)
PAIRS = (  # each a file of pairs/
    *("bert", "gpt2", "llama", "whisper", "mel", "eegnet", "tcn", "inception_time", "fcn", "cfc"),
    *("vit", "mobilevit", "ghostnet", "mlp_mixer", "unet_resnet", "segformer", "dcn", "siren"),
    *("vae", "albert", "distil_bert", "bloom", "mistral", "gemma", "gpt_neox", "f_net"),
    *("opt", "esm", "deit", "qwen3", "phi3", "falcon", "bart", "t5", "swin"),
    *("roberta", "electra", "dinov2"),
)
