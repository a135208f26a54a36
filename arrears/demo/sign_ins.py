"""Who signs in at the demo's desk. For a demo on this machine only."""

# (user name, password, what they are in Chinese, in English).
SIGN_INS = [
    ("agent", "agent-demo-2026", "坐席", "agent"),
    ("leader", "leader-demo-2026", "组长", "team leader"),
    ("compliance", "compliance-demo-2026", "合规", "compliance officer"),
]
ROLES = {"agent": "agent", "leader": "team_leader", "compliance": "compliance"}
NAMES = {"agent": "何敏", "leader": "罗永", "compliance": "钟岩"}
