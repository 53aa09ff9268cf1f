"""Classifiers that scikit-learn lacks, each imported (with scikit-learn) when first asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from armsrace.models.centroid import CentroidDetector as CentroidDetector
    from armsrace.models.centroid import HypersphereDetector as HypersphereDetector
    from armsrace.models.dynamic_threshold import dynamic_cutoffs as dynamic_cutoffs
    from armsrace.models.label_smoothing import LabelSmoothing as LabelSmoothing
    from armsrace.models.partition_ensemble import PartitionEnsemble as PartitionEnsemble
    from armsrace.models.robust_centroid import HuberCentroidDetector as HuberCentroidDetector
    from armsrace.models.robust_centroid import MedianCentroidDetector as MedianCentroidDetector
    from armsrace.models.robust_centroid import RobustCentroidDetector as RobustCentroidDetector
    from armsrace.models.robust_centroid import TrimmedCentroidDetector as TrimmedCentroidDetector
    from armsrace.models.robust_subspace import RobustSubspaceDetector as RobustSubspaceDetector
    from armsrace.models.spambayes import SpamBayes as SpamBayes
    from armsrace.models.subspace import ResidualDetector as ResidualDetector
    from armsrace.models.subspace import SubspaceDetector as SubspaceDetector
    from armsrace.models.subspace import q_statistic as q_statistic
    from armsrace.models.trimmed_loss import TrimmedLoss as TrimmedLoss

_MODULES: Final = {
    "CentroidDetector": "armsrace.models.centroid",
    "HuberCentroidDetector": "armsrace.models.robust_centroid",
    "HypersphereDetector": "armsrace.models.centroid",
    "LabelSmoothing": "armsrace.models.label_smoothing",
    "MedianCentroidDetector": "armsrace.models.robust_centroid",
    "PartitionEnsemble": "armsrace.models.partition_ensemble",
    "ResidualDetector": "armsrace.models.subspace",
    "RobustCentroidDetector": "armsrace.models.robust_centroid",
    "RobustSubspaceDetector": "armsrace.models.robust_subspace",
    "SpamBayes": "armsrace.models.spambayes",
    "SubspaceDetector": "armsrace.models.subspace",
    "TrimmedCentroidDetector": "armsrace.models.robust_centroid",
    "TrimmedLoss": "armsrace.models.trimmed_loss",
    "dynamic_cutoffs": "armsrace.models.dynamic_threshold",
    "q_statistic": "armsrace.models.subspace",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(
            f"module {__name__!r} has no attribute {name!r}; it exports {', '.join(_MODULES)}"
        )
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
