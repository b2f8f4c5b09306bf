"""Where sealed records, blobs and the registry rest."""
