"""The sources of evidence, one file a group; :data:`toprank.evidence.build.SOURCES` lists them."""
