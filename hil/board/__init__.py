"""The files of a board: made smaller, written, compared; its prompt and its keys."""
