"""A second reader beside the signals: a small network that has read thousands of employers' answers in nine languages.

It is asked about mail in people's own words, where no list of phrases reaches. `vocabulary` cuts words into pieces,
`layout` lays a message out, `network` computes, `naming` reads names off, `labels` say what the answers mean;
`reader` is all of it together, `prefilter` the quick look before. What it was taught and how good it is:
docs/model-card.md; how it is made: training/.
"""
