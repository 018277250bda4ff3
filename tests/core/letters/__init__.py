"""The letters as they should read: `scenes` says what happened, the `.txt` files what the reader gets."""
