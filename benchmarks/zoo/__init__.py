"""Models that nobody here wrote: keras.applications against torchvision, and timm where it is."""
