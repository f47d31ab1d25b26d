"""What each command does: one file each, with `run(args) -> exit status`."""
