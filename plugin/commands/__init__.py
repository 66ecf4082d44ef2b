"""The commands of `regulars`, one module per family."""
