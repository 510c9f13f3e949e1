"""Whether messages flow to the agent, and what they wait for if not."""

from enum import Enum


class Flow(Enum):
    """The phases between two assignments, in their order; each is left by itself unless the engine hangs."""

    JOINING = "waiting for its group's first decision on partitions"
    REBALANCING = "waiting for its group's decision on partitions"
    SEEKING = "finding out where to read its partitions from"
    SOUGHT = "waiting for the engine to let messages flow"
    FLOWING = "processing"
    STOPPING = "stopping"
