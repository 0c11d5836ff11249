"""OpenAPI 3.1 as a JSON Schema: the parts that we use, strictly.

What is not here is not to be in a document of ours.
"""

from tests.contract.etsi import METHODS

TEXT = {"type": "string", "minLength": 1}
REFERENCE = {"type": "object", "required": ["$ref"], "properties": {"$ref": TEXT}}
SCHEMA = {"$ref": "https://json-schema.org/draft/2020-12/schema"}
CONTENT = {
    "type": "object",
    "propertyNames": {"pattern": "^[a-z*]+/[a-z0-9.+*-]+$"},
    "additionalProperties": {
        "type": "object",
        "required": ["schema"],
        "properties": {"schema": SCHEMA},
        "additionalProperties": False,
    },
}
RESPONSE = {
    "type": "object",
    "required": ["description"],
    "properties": {
        "description": TEXT,
        "content": CONTENT,
        "headers": {
            "type": "object",
            "additionalProperties": {"type": "object", "properties": {"schema": SCHEMA}},
        },
    },
    "additionalProperties": False,
}
PARAMETER = {
    "type": "object",
    "required": ["name", "in"],
    "oneOf": [{"required": ["schema"]}, {"required": ["content"]}],
    "properties": {
        "name": TEXT,
        "in": {"enum": ["path", "query", "header"]},
        "description": TEXT,
        "required": {"type": "boolean"},
        "schema": SCHEMA,
        "content": CONTENT,
        "style": {"const": "form"},
        "explode": {"type": "boolean"},
    },
    "if": {"properties": {"in": {"const": "path"}}},
    "then": {"required": ["required"], "properties": {"required": {"const": True}}},
    "additionalProperties": False,
}
OPERATION = {
    "type": "object",
    "required": ["operationId", "summary", "responses", "security"],
    "properties": {
        "operationId": TEXT,
        "summary": TEXT,
        "description": TEXT,
        "parameters": {"type": "array", "items": PARAMETER},
        "requestBody": {
            "type": "object",
            "required": ["content"],
            "properties": {"content": CONTENT | {"minProperties": 1}, "required": True},
            "additionalProperties": False,
        },
        "responses": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^[1-5][0-9][0-9]$"},
            "additionalProperties": {
                "if": {"required": ["$ref"]},
                "then": REFERENCE,
                "else": RESPONSE,
            },
        },
        "security": {"type": "array", "items": {"type": "object", "required": ["OAuth2"]}},
    },
    "patternProperties": {"^x-": True},
    "additionalProperties": False,
}
FLOW = {
    "type": "object",
    "required": ["tokenUrl", "scopes"],
    "properties": {"tokenUrl": TEXT, "scopes": {"additionalProperties": {"type": "string"}}},
}
OPENAPI = {
    "type": "object",
    "required": ["openapi", "info", "paths", "components"],
    "properties": {
        "openapi": {"const": "3.1.0"},
        "info": {
            "type": "object",
            "required": ["title", "version"],
            "properties": {"title": TEXT, "version": TEXT, "description": TEXT},
            "additionalProperties": False,
        },
        "servers": {"type": "array", "items": {"type": "object", "required": ["url"]}},
        "paths": {
            "type": "object",
            "propertyNames": {"pattern": "^/"},
            "additionalProperties": {
                "type": "object",
                "properties": dict.fromkeys(METHODS, OPERATION),
                "additionalProperties": False,
            },
        },
        "components": {
            "type": "object",
            "properties": {
                "schemas": {"additionalProperties": SCHEMA},
                "responses": {"additionalProperties": RESPONSE},
                "securitySchemes": {
                    "properties": {
                        "OAuth2": {
                            "required": ["type", "flows"],
                            "properties": {
                                "type": {"const": "oauth2"},
                                "flows": {"properties": {"clientCredentials": FLOW}},
                            },
                        }
                    }
                },
            },
            "additionalProperties": {"propertyNames": {"pattern": "^[A-Za-z0-9._-]+$"}},
        },
    },
    "additionalProperties": False,
}
