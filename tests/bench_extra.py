"""How fast would edsnlp be? ``make bench-extra``, in a throw-away environment: it breaks spaCy's own factories.

Reads on its standard input the texts that ``python -m tests.bench --texts`` writes; needs edsnlp and nothing of ours.
"""

from __future__ import annotations

import json
import sys
import time

import edsnlp  # type: ignore[import-not-found]

TERMS = {
    "reserve": ["réservé", "réservée", "marché réservé", "entreprise adaptée", "ESAT"],
    "insertion": ["insertion", "clause sociale", "heures d'insertion", "éloignées de l'emploi"],
}


def main() -> None:
    texts = ["\n".join(json.loads(line)) for line in sys.stdin]
    french = edsnlp.blank("eds")
    for name in ("eds.normalizer", "eds.sentences"):
        french.add_pipe(name)
    french.add_pipe("eds.matcher", config={"terms": TERMS, "attr": "NORM"})
    french.add_pipe("eds.negation")
    french("Un texte pour commencer.")
    start = time.process_time()
    for text in texts:
        french(text)
    print(f"edsnlp (mots, phrases, négation) : {len(texts) / (time.process_time() - start):.0f} avis/s")


if __name__ == "__main__":
    main()
