package vendor

import "encoding/json"

type object = map[string]any

// Schema is the JSON Schema (draft 2020-12) of mappings, for editors. It says what
// can be said of each key alone; `brygga mapping test` sees more, expressions above all.
func Schema() []byte {
	b, err := json.MarshalIndent(mappingSchema(), "", "  ")
	if err != nil {
		panic(err) // maps of texts, numbers and lists always marshal
	}
	return append(b, '\n')
}

func mappingSchema() object {
	facts := object{}
	for _, s := range factTable {
		one := factSchema(s)
		facts[s.kind.String()] = object{"description": s.doc, "anyOf": []any{one, object{"type": "array", "items": one}, object{"type": "null"}}}
	}
	return object{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "A mapping of brygga",
		"description": "Where a system's records are, and what they mean.",
		"type":        "object", "additionalProperties": false, "required": []string{"mapping"},
		"properties": object{
			"mapping":  told("the mapping's name", text()),
			"doc":      told("what it is for", text()),
			"version":  told("of the language", object{"const": 1}),
			"extends":  told("the built-in mapping, or the file, that this one changes parts of", text()),
			"dates":    told("how a date-time without a zone is read", words("local", "utc")),
			"examples": told("the folder beside the file with records and the facts that they give", text()),
			"settings": sectionOf(closed(object{
				"doc": text(), "choices": object{"type": "array", "items": text()}, "default": plainText(),
			})),
			"records": sectionOf(listSchema()),
			"codes":   sectionOf(sectionOf(text())),
			"facts":   object{"type": "object", "additionalProperties": false, "properties": facts},
		},
		"$defs": object{"shape": shapeSchema()},
	}
}

func text() object      { return object{"type": "string"} }
func whole() object     { return object{"type": "integer", "minimum": 0} }
func duration1() object { return object{"type": "string", "pattern": `^[0-9.]+(ms|s|m|h|d)$`} }

// plainText is a text for which YAML may have another word: true, 12.
func plainText() object { return object{"type": []string{"string", "number", "boolean"}} }

func words(w ...string) object { return object{"enum": w} }

func told(doc string, o object) object {
	o["description"] = doc
	return o
}

// closed is a section that has these keys only; null takes away what is extended.
func closed(properties object, required ...string) object {
	o := object{"type": []string{"object", "null"}, "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		o["required"] = required
	}
	return o
}

// sectionOf is a section of any names.
func sectionOf(value object) object {
	return object{"type": "object", "additionalProperties": object{"anyOf": []any{value, object{"type": "null"}}}}
}

func listSchema() object {
	changed := object{"anyOf": []any{object{"const": "none"}, closed(object{
		"param": text(), "path": text(), "overlap": duration1(), "reach": duration1(),
	}, "param")}}
	return closed(object{
		"doc":       text(),
		"path":      told("where the list is, under the system's address", object{"type": "string", "pattern": "^/[^?#]*$"}),
		"params":    told("fixed query parameters; {settings.NAME} is the value of a setting, and of lists of visits or notes {from} the first day that is wanted", sectionOf(plainText())),
		"rows":      told("the path in the answer of the array of rows", text()),
		"key_group": told("the group of endpoints whose key is used", text()),
		"paging": closed(object{
			"kind": words("none", "offset", "page", "cursor", "link"), "size": whole(), "overlap": whole(), "limit": text(),
			"offset": text(), "page": text(), "first": told("the number of the first page; 1 where nothing is said", object{"enum": []int{0, 1}}), "cursor": text(), "next": text(),
		}),
		"changed":  told("how changes are asked for; none: always whole", changed),
		"fallback": object{"type": "array", "items": closed(object{"path": text(), "rows": text(), "changed": changed}, "path")},
		"files": closed(object{
			"glob": text(), "format": words("csv", "json", "ndjson", "xml"),
			"encoding":  told("utf-8, where nothing is said; of xml what the file itself declares", words("utf-8", "iso-8859-1", "windows-1252", "utf-16")),
			"delimiter": text(), "quote": text(), "decimal": words(".", ","), "header": object{"type": "boolean"},
			"rows":     told("of json the keys to the array, as in data.items; of xml the elements from the root to the row, as in Export/Kund", text()),
			"complete": object{"type": "string", "pattern": `^(quiet|quiet\(.+\)|manifest\(.+\)|pattern)$`},
			"delivery": words("whole", "changes"), "max_age": duration1(),
		}),
		"key":     told("the field, or the fields, by which rows are told apart", oneOrMany(text())),
		"deleted": told("yes or no: the row is gone", plainText()),
		"where":   told("yes or no: other rows hold no fact", plainText()),
		"updated": told("when the row was changed", text()),
		"shape":   told("the fields that are read, with their types", object{"$ref": "#/$defs/shape"}),
	})
}

func oneOrMany(item object) object {
	return object{"anyOf": []any{item, object{"type": "array", "items": item}}}
}

func shapeSchema() object {
	shape := object{"$ref": "#/$defs/shape"}
	long := object{
		"type": "object", "additionalProperties": false, "required": []string{"type"},
		"properties": object{
			"type": words(fieldTypes...), "doc": text(), "fields": shape, "many": object{"type": "boolean"},
			"column": told("the source's own name of the field", text()),
		},
	}
	one := object{"anyOf": []any{words(fieldTypes[:len(fieldTypes)-1]...), long, shape}}
	return object{
		"type": "object",
		"additionalProperties": object{"anyOf": []any{
			object{"type": "null"}, one, object{"type": "array", "minItems": 1, "maxItems": 1, "items": one},
		}},
	}
}

func factSchema(s *factSpec) object {
	p := object{
		"from": told("the list that it is read from", text()), "doc": text(),
		"when":  told("yes or no, over settings: otherwise the fact is not provided", plainText()),
		"where": told("yes or no: other rows hold no such fact", plainText()),
	}
	for _, o := range s.options {
		switch o {
		case "unlisted":
			p[o] = told("a person whom other lists name and this one does not is protected", words("protected"))
		case "display_name":
			p[o] = told("the person's name, of fields of type name; evaluated only when names are asked for", text())
		case "renewed_within":
			p[o] = told("a placement that begins at most so many days after continues this one", whole())
		case "complete":
			p[o] = told("yes or no, over settings: who is not on the list is not qualified", plainText())
		}
	}
	for _, f := range s.fields {
		p[f.name] = told(f.doc, plainText())
	}
	return object{"type": "object", "additionalProperties": false, "properties": p}
}
