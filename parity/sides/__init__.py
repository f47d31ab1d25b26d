"""The two frameworks behind one set of verbs. Nothing outside this folder imports a framework
(the one exception: parity/train/data/mnist.py reads MNIST through torchvision, in the torch worker)."""
