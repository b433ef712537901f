"""Which public contracts carry a social clause, are reserved, or could be: from the notices to the weekly watch.

One direction, eight verbs, one room per verb::

    collect -> parse -> normalise -> link -> classify -> appraise -> store -> publish
    spiders/   spiders/ scanner/     scanner/ nlp/       scanner/    scanner/ feeds/
               formats/                                  opportunity/

Floors: the vocabulary (notice, finding, edition, change, history, issues, datafile, config, source) imports only
itself; a step imports the vocabulary and its own package, never another step; storage (store, migrations, intake,
shelves/) imports the vocabulary; assembly (run, appraise, private, conclude, cli, commands/, weekly/, mailing/,
sample/) imports everything.
``tests/test_floors.py`` keeps it so.
"""
