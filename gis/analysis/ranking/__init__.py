"""Ranking: which facilities are most worth a visit, from what their own history says.

The *score* of a facility is the probability that its next visit has a serious or critical finding. It is about
premises, and no proof of anything. Who inspects is never a predictor, nor is anything about the neighbourhood.

    features   what was known of a facility before a day
    kinds      kinds as people write them, brought to the frequent ones
    model      the regression, with inspectors as a nuisance
    measure    days earlier within officers' own lists, calibration
    trial      every order tried on windows in the past; which one ranks
    reasons    why a score is high or low, in words
    lists      whose list a facility is on, and its place there
    report     what the trials showed, and for whom it is later
"""
