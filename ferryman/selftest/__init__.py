"""Whether what this environment says can work: asked of Digital River, Temporal, the database."""
