"""One small Keras model for each item that the tool covers; torch_models has its port.

Sizes differ along every axis, so that axes that were swapped show. The batch axis is free, except
where a model is stateful.
"""
