package fhir

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode"

	r4 "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"brygga/care"
)

// named1 is what is read of a Patient to tell the client's name, and nothing else is
// read for that.
type named1 struct {
	ResourceType string `json:"resourceType"`
	ID           string `json:"id"`
	Meta         struct {
		Security []r4.Coding `json:"security"`
	} `json:"meta"`
	Name []humanName `json:"name"`
}

// humanName holds the code of its use as a text: an unknown one is no reason not to
// read the name.
type humanName struct {
	Use    string   `json:"use"`
	Text   string   `json:"text"`
	Given  []string `json:"given"`
	Family string   `json:"family"`
	Period struct {
		End string `json:"end"`
	} `json:"period"`
}

// uses are the uses of a name in the order in which they are taken; old ones and
// nicknames are none of them.
var uses = []string{"official", "usual", "", "temp"}

// longestName is how many letters of a name are told.
const longestName = 120

// Name tells the name of the client whom a Patient is about, for a person who is
// about to read it: ordinary pages never decode names. It is empty where the Patient
// says none, and where it says by now that the identity is protected. The error says
// that it is no such Patient, and nothing of what it holds.
func (m *Mapper) Name(client care.Ref, body []byte) (string, error) {
	var p named1
	if err := json.Unmarshal(body, &p); err != nil {
		return "", errors.New("the answer is no Patient that can be read")
	}
	if p.ResourceType != "Patient" || "Patient/"+p.ID != string(client) {
		return "", errors.New("the answer is not the Patient that was asked for")
	}
	if (&reading{Mapper: m}).protected(p.Meta.Security) {
		return "", nil
	}
	for _, use := range uses {
		for i := range p.Name {
			if n := &p.Name[i]; n.Use == use && n.Period.End == "" {
				if s := n.shown(); s != "" {
					return s, nil
				}
			}
		}
	}
	return "", nil
}

// shown is the name in one line.
func (n *humanName) shown() string {
	s := n.Text
	if strings.TrimSpace(s) == "" {
		s = strings.Join(append(append([]string{}, n.Given...), n.Family), " ")
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > longestName {
		s = string(r[:longestName])
	}
	return s
}
