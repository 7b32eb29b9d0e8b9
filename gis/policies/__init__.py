"""Policies: the numbers that an authority sets for itself, read from `data/policies` or from a file of its own.

A policy is TOML; a key that means nothing is refused.
"""

from gis.policies.calendar import Calendar
from gis.policies.care import CareKind, CarePolicy, read_care_policy, shipped_care_policy
from gis.policies.case import CLOCKS, CasePolicy, Clock, ClockName, read_case_policy, shipped_case_policy
from gis.policies.demand import DemandPolicy, read_demand_policy, shipped_demand_policy
from gis.policies.draw import DrawPolicy, read_draw_policy, shipped_draw_policy
from gis.policies.finding import FindingPolicy, read_finding_policy, shipped_finding_policy
from gis.policies.inspection import InspectionPolicy, read_inspection_policy, shipped_inspection_policy
from gis.policies.travel import TravelPolicy, read_travel_policy, shipped_travel_policy

__all__ = [
    "CLOCKS",
    "Calendar",
    "CareKind",
    "CarePolicy",
    "CasePolicy",
    "Clock",
    "ClockName",
    "DemandPolicy",
    "DrawPolicy",
    "FindingPolicy",
    "InspectionPolicy",
    "TravelPolicy",
    "read_care_policy",
    "read_case_policy",
    "read_demand_policy",
    "read_draw_policy",
    "read_finding_policy",
    "read_inspection_policy",
    "read_travel_policy",
    "shipped_care_policy",
    "shipped_case_policy",
    "shipped_demand_policy",
    "shipped_draw_policy",
    "shipped_finding_policy",
    "shipped_inspection_policy",
    "shipped_travel_policy",
]
