package config

import (
	"encoding/json"
)

// Schema is the JSON Schema (draft 2020-12) of the configuration file, for
// editors. It says what can be said of each key alone; `brygga check` sees more.
func Schema() []byte {
	s := schemaOf(root)
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "brygga.yaml"
	s["description"] = "The configuration of brygga. Swedish: inställningarna för brygga."
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err) // maps of texts, numbers and lists always marshal
	}
	return append(b, '\n')
}

const (
	secretPattern   = `^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$`
	durationPattern = `^[0-9]{1,7}[dhms]$`

	durationOrOffPattern = `^([0-9]{1,7}[dhms]|off)$`

	datePattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`
)

func schemaOf(s *spec) map[string]any {
	out := map[string]any{}
	if s.doc != "" {
		out["description"] = s.doc
	}
	switch s.form {
	case sectionForm:
		sectionSchema(s, out)
	case textForm:
		text(s, out)
	case wholeForm:
		out["type"], out["minimum"], out["maximum"] = "integer", s.least, s.most
	case shareForm:
		out["type"], out["minimum"], out["maximum"] = "number", s.least, s.most
	case boolForm:
		out["type"] = "boolean"
	case durationForm:
		out["type"], out["pattern"] = "string", durationPattern
		if s.off {
			out["pattern"] = durationOrOffPattern
		}
	case dateForm:
		out["type"], out["pattern"] = "string", datePattern
	case secretForm:
		out["type"], out["pattern"] = "string", secretPattern
	case textsForm:
		item := map[string]any{}
		text(s, item)
		out["anyOf"] = oneOrMany(item)
	case pairsForm:
		value := map[string]any{"type": []string{"string", "number", "boolean"}}
		out["type"], out["additionalProperties"] = "object", map[string]any{
			"anyOf": []any{value, map[string]any{"type": "array", "items": value}},
		}
	case listsForm:
		out["type"], out["additionalProperties"] = "object", false
		kinds := map[string]any{}
		for _, name := range s.names() {
			kinds[name] = map[string]any{"anyOf": oneOrMany(map[string]any{"type": "string"})}
		}
		out["properties"], out["minProperties"] = kinds, 1
	}
	if s.def != "" {
		out["default"] = defaultValue(s)
	}
	return out
}

func sectionSchema(s *spec, out map[string]any) {
	out["type"] = "object"
	kids := map[string]any{}
	var required []string
	for _, k := range s.kids {
		kids[k.name] = schemaOf(k)
		if k.mandatory() {
			required = append(required, k.name)
		} else if k.form == sectionForm {
			kids[k.name].(map[string]any)["type"] = []string{"object", "null"} // all of it commented out
		}
	}
	if len(kids) > 0 {
		out["properties"] = kids
	}
	if len(required) > 0 {
		out["required"] = required
	}
	out["additionalProperties"] = false
	if s.any != nil {
		out["additionalProperties"] = schemaOf(s.any)
		if s.any.shape != "" {
			out["propertyNames"] = map[string]any{"pattern": s.any.shape}
		}
		if s.need {
			out["minProperties"] = 1
		}
	}
}

// mandatory says whether the key itself must be written: also a section must, if a key in it must.
func (s *spec) mandatory() bool {
	if s.need {
		return true
	}
	for _, k := range s.kids {
		if k.mandatory() {
			return true
		}
	}
	return false
}

func text(s *spec, out map[string]any) {
	out["type"] = "string"
	if len(s.choices) > 0 {
		out["enum"] = s.choices
	} else {
		out["minLength"] = 1
	}
	if s.shape != "" {
		out["pattern"] = s.shape
	}
}

func oneOrMany(item map[string]any) []any {
	return []any{item, map[string]any{"type": "array", "items": item, "minItems": 1}}
}

// defaultValue is a default as JSON has it: a number for a number.
func defaultValue(s *spec) any {
	var whole int
	var share float64
	switch s.form {
	case wholeForm:
		setText(&whole, s, s.def)
		return whole
	case shareForm:
		setText(&share, s, s.def)
		return share
	case boolForm:
		return s.def == "true"
	case textsForm:
		return listed(s.def)
	}
	return s.def
}
