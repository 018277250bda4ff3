"""Letters as Chromium shows them, on a phone and on a desktop, by day and in the dark; `*.png` is how it should be."""
