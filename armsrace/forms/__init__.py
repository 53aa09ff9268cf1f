"""Formal games: the numbers of a game, without the classifier that they may have come from."""

from armsrace.forms.normal import NormalForm as NormalForm
