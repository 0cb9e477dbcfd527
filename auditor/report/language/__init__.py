"""The languages of the document: a sentence of the source is its own message; rendering looks its translation up."""
