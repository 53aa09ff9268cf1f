"""Classifiers that scikit-learn lacks, each imported (with scikit-learn) when first asked for."""

from typing import TYPE_CHECKING

from armsrace._lazy import lazy_exports

if TYPE_CHECKING:
    from armsrace.models.centroid import CentroidDetector as CentroidDetector
    from armsrace.models.centroid import HypersphereDetector as HypersphereDetector
    from armsrace.models.decoys import contrary as contrary
    from armsrace.models.decoys import gullible as gullible
    from armsrace.models.decoys import scrambled as scrambled
    from armsrace.models.decoys import sheltered as sheltered
    from armsrace.models.dynamic_threshold import dynamic_cutoffs as dynamic_cutoffs
    from armsrace.models.label_smoothing import LabelSmoothing as LabelSmoothing
    from armsrace.models.partition_ensemble import PartitionEnsemble as PartitionEnsemble
    from armsrace.models.redrawn import redrawn_scores as redrawn_scores
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

__getattr__, __dir__ = lazy_exports(__name__, __file__)
