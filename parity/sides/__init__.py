"""The two frameworks behind one set of verbs. Nothing outside this folder imports a framework
(the one exception: train/data/mnist.py reads MNIST through torchvision, in the worker)."""
