"""The ports of keras_models: the same files, and the same names in the same order.

Images and sequences of convolutions come channels first; recurrent layers and attention take what
Keras takes.
"""
