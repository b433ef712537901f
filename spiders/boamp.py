"""BOAMP, the official gazette of French public contracts, through its open Explore API. No key is needed."""

from __future__ import annotations

from spiders.opendatasoft import OpendatasoftSpider


class BoampSpider(OpendatasoftSpider):
    """Every notice published on the days asked, whole (``donnees`` and ``gestion`` included)."""

    name = "boamp"
    dataset = "boamp"
    day_field = "dateparution"
    key_field = "idweb"
    url_field = "url_avis"
    cuts = (
        ("famille", ("JOUE", "FNS", "MAPA", "DSP", "DIVERS")),
        ("nature", ("APPEL_OFFRE", "ATTRIBUTION", "RECTIFICATIF", "ANNULATION", "INTENTION_CONCLURE", "MODIFICATION")),
    )
