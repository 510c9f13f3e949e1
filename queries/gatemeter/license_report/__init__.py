"""The gateway vendor's license report, made of what was counted and of what an inventory tells.

Sources, in the vendor's own documents: the page "Monitor License Usage" of the gateway's versions 1.3, 2.7 and 3.10,
and the response of `GET /license/report` in the OpenAPI document of the Admin API 3.15.
"""
