"""The record of an audit: typed schema, tables on disk, digests. Imported by everyone; imports only errors and plan."""
