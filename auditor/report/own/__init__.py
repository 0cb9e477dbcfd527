"""Templates, theme and sections of a user's own: read from a folder, sandboxed, checked, and marked as such in the report.

What stays the tool's own, whatever a folder holds: page one, the frame of the document, status words with their colours, the
mandatory sentences, and the line that says which sections are laid out by somebody else.
"""
