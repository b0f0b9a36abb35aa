"""What a neural network costs, with the arithmetic shown and PyTorch to confirm it."""
