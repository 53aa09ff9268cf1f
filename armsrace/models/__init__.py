"""Classifiers that scikit-learn lacks, each imported (with scikit-learn) when first asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from armsrace.models.centroid import CentroidDetector as CentroidDetector
    from armsrace.models.centroid import HypersphereDetector as HypersphereDetector
    from armsrace.models.centroid import MedianCentroidDetector as MedianCentroidDetector
    from armsrace.models.dynamic_threshold import dynamic_cutoffs as dynamic_cutoffs
    from armsrace.models.spambayes import SpamBayes as SpamBayes

_MODULES: Final = {
    "CentroidDetector": "armsrace.models.centroid",
    "HypersphereDetector": "armsrace.models.centroid",
    "MedianCentroidDetector": "armsrace.models.centroid",
    "SpamBayes": "armsrace.models.spambayes",
    "dynamic_cutoffs": "armsrace.models.dynamic_threshold",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(
            f"module {__name__!r} has no attribute {name!r}; it exports {', '.join(_MODULES)}"
        )
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
