package config

import (
	"cmp"
	"embed"
	"fmt"
	"slices"
	"strings"
)

const initHead = `# brygga.yaml: the configuration of brygga.
# Svensk sammanfattning: brygga läser ur verksamhetssystemet varje natt, ser vad som saknas, och skriver ingenting förrän writes.mode är write.
#
# Adapt what stands here to your municipality, set the environment variables that it names,
#   export BRYGGA_PSEUDONYM_KEY=$(openssl rand -hex 32)    # once: keep a copy in a safe place
#   export BRYGGA_FHIR_TOKEN=...                           # from whoever runs the FHIR server
# and go on with: brygga check, brygga preview, brygga run.
#
# Keys that begin with # show what holds without them, or an example. Remove the # to use one.
# A secret is env:NAME or file:PATH (a file that its owner alone can read), never written here.
# Durations are one number and one unit: 7d, 20h, 90m, 60s.
`

//go:embed init/*.yaml
var initTexts embed.FS

// InitKinds are what Init knows how to begin with.
func InitKinds() []string { return []string{KindFHIR, "lifecare", KindFiles} }

// Init is a commented configuration to start from, in report mode, for a system
// of the kind. It loads without problems as soon as the environment variables that
// it names are set. A kind that this version does not know is an error.
func Init(system string) ([]byte, error) {
	if !slices.Contains(InitKinds(), system) {
		return nil, fmt.Errorf("unknown kind of system %q; use one of %s", shown(system), strings.Join(InitKinds(), ", "))
	}
	// instead of what the table says of a section: what is written for this kind
	instead := map[string]string{"carehomes": "carehomes.fhir"}
	if system != KindFHIR {
		instead = map[string]string{"systems": system, "carehomes": "carehomes.mapped"}
	}
	w := &initWriter{}
	w.b.WriteString(initHead)
	for _, s := range root.kids {
		file, ok := instead[s.name]
		if !ok {
			w.key(s, 0, false)
			continue
		}
		text, err := initTexts.ReadFile("init/" + file + ".yaml")
		if err != nil {
			return nil, err
		}
		w.b.WriteString("\n" + string(text))
	}
	return []byte(w.b.String()), nil
}

type initWriter struct{ b strings.Builder }

// key writes one key with what is said about it. inside says that the section
// around it is a comment already, so that its # stand in one column.
func (w *initWriter) key(s *spec, depth int, inside bool) {
	if !s.means(KindFHIR) {
		return
	}
	comment := inside || !s.hasWritten()
	indent := strings.Repeat("  ", depth)
	if depth == 0 {
		w.b.WriteByte('\n')
	}
	if !inside {
		for _, line := range wrap(s.doc, 100-len(indent)) {
			w.b.WriteString(indent + "# " + line + "\n")
		}
	}
	hash := ""
	if comment {
		hash = "#"
	}
	name := s.name
	if name == anyName {
		name = s.example
	}
	w.b.WriteString(hash + indent + name + ":")
	if s.form != sectionForm {
		w.b.WriteString(" " + yamlValue(s))
	}
	w.b.WriteByte('\n')
	for _, k := range s.kids {
		w.key(k, depth+1, comment)
	}
	if s.any != nil {
		w.key(s.any, depth+1, comment)
	}
}

// hasWritten says whether init writes the key, or one in it, as it stands.
func (s *spec) hasWritten() bool {
	return s.written || slices.ContainsFunc(s.kids, (*spec).hasWritten) || s.any != nil && s.any.hasWritten()
}

// yamlValue is what init shows: of a key that it writes, the example; of one that
// it shows as a comment, what holds without it.
func yamlValue(s *spec) string {
	v := cmp.Or(s.def, s.example)
	if s.written {
		v = cmp.Or(s.example, s.def)
	}
	if strings.Contains(v, "*") && !strings.HasPrefix(v, "[") {
		return `"` + v + `"`
	}
	return v
}

// wrap breaks a text at spaces into lines of at most width letters.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
