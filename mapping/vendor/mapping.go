package vendor

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"

	"brygga/care"
)

// Mapping is a mapping that has been read and checked.
type Mapping struct {
	name     string
	doc      string
	version  int
	dates    string
	root     *node
	settings []Setting
	lists    []*listDecl
	tables   []*table
	examples fs.FS // nil: there are none
}

// listDecl is one entry of records, as far as it does not depend on settings.
type listDecl struct {
	List
	at                      place
	all                     []*field     // of the shape
	fields                  []*field     // without persons' names: what is decoded every night
	row, texts              reflect.Type // texts is nil where values arrive as what they are
	key                     []string
	deleted, where, updated *node
	facts                   []*factDecl
}

// factDecl is one fact of a list.
type factDecl struct {
	at       place
	spec     *factSpec
	when     *node
	where    *node
	complete *node
	display  *node // display_name of a client
	fields   map[string]*node
	renewed  uint8
	unlisted bool
	first    bool // start: first_seen
	last     bool // end: last_seen
}

// Name is the mapping's name; Doc is what it says of itself.
func (m *Mapping) Name() string { return m.name }

// Doc is what the mapping says of itself.
func (m *Mapping) Doc() string { return m.doc }

// Settings lists what a municipality declares, with `dates` always among them.
func (m *Mapping) Settings() []Setting { return slices.Clone(m.settings) }

// Hash changes whenever the meaning of the mapping may have changed: its
// settings' values are not part of it.
func (m *Mapping) Hash() string {
	b, err := json.Marshal(m.root.without("examples", "doc").canonical())
	if err != nil {
		return "" // texts, lists and sections of them are always JSON
	}
	sum := sha256.Sum256(append([]byte("mapping language 1\n"), b...))
	return hex.EncodeToString(sum[:16])
}

func (n *node) canonical() any {
	switch n.form {
	case scalar:
		return n.text
	case sequence:
		out := []any{}
		for _, v := range n.items {
			out = append(out, v.canonical())
		}
		return out
	case section:
		out := map[string]any{}
		for _, e := range n.entries {
			out[e.key] = e.value.canonical()
		}
		return out
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// windows are how many days bulky facts are kept.
var windows = map[care.FactKind]int{care.KindVisit: 35, care.KindNote: 70}

// values gives the value of every setting: what is given, else the default.
func (m *Mapping) values(given map[string]string) map[string]string {
	out := map[string]string{}
	for _, s := range m.settings {
		out[s.Name] = cmp.Or(given[s.Name], s.Default)
	}
	return out
}

// CheckSettings says what is wrong with the values that a configuration gives.
func (m *Mapping) CheckSettings(given map[string]string) error {
	var all []string
	for _, s := range m.settings {
		all = append(all, s.Name)
	}
	for _, name := range sortedKeys(given) {
		i := slices.Index(all, name)
		if i < 0 {
			return fmt.Errorf("mapping %s has no setting %s%s", m.name, name, meant(name, all))
		}
		if c := m.settings[i].Choices; len(c) > 0 && given[name] != "" && !slices.Contains(c, given[name]) {
			return fmt.Errorf("setting %s of mapping %s is one of %s", name, m.name, strings.Join(c, ", "))
		}
	}
	return nil
}
