package people

import (
	"encoding/json"
	"fmt"
)

// decoded is a resource as another program would read it.
type decoded struct {
	kind, id string
	body     map[string]any
}

func (d decoded) ref() string { return d.kind + "/" + d.id }

// decode panics on anything that is not one JSON object with the type and id
// that the Resource says.
func decode(r Resource) decoded {
	d := decoded{kind: r.Type, id: r.ID}
	if err := json.Unmarshal(r.JSON, &d.body); err != nil {
		panic(fmt.Sprintf("%s: %v", r.Ref(), err))
	}
	if d.body["resourceType"] != r.Type || d.body["id"] != r.ID {
		panic(r.Ref() + " says it is something else")
	}
	return d
}

func decodeAll(m *Municipality) []decoded {
	var all []decoded
	m.Resources(func(r Resource) bool { all = append(all, decode(r)); return true })
	return all
}

// decodeClient gives the resources of one client, by type.
func decodeClient(m *Municipality, i int) map[string][]decoded {
	all := map[string][]decoded{}
	for _, r := range m.record(func(w *writer) { w.record(m.client(i)) }) {
		all[r.Type] = append(all[r.Type], decode(r))
	}
	return all
}

// at walks into the object: names, and the first of a list.
func (d decoded) at(path ...string) any {
	var v any = d.body
	for _, p := range path {
		if l, ok := v.([]any); ok {
			if len(l) == 0 {
				return nil
			}
			v = l[0]
		}
		o, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = o[p]
	}
	return v
}

func (d decoded) text(path ...string) string { s, _ := d.at(path...).(string); return s }

func (d decoded) list(path ...string) []any { l, _ := d.at(path...).([]any); return l }

// walk visits every value of the resource with its path.
func walk(v any, path string, visit func(path string, v any)) {
	visit(path, v)
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			walk(x, path+"."+k, visit)
		}
	case []any:
		for _, x := range v {
			walk(x, path, visit)
		}
	}
}
