"""What the tool is tested on: drawn and hand-made models, faithful ports, and planted mistakes."""
