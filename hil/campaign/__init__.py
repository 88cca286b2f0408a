"""Many runs: batches, repeats that compare, targets beside each other, and scenarios cut down."""
