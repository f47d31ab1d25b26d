"""What Keras itself does, for a worker to run: `sides.keras.run(optimizers.optimizer_path, ...)`.

Keras is imported inside the functions, because the process that sends them here has none. Each
function puts the floating type back as it was: the worker serves other tests too.
"""
