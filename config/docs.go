package config

import (
	"fmt"
	"strings"
)

const docsHead = `# Configuration

<!-- Generated from config/table*.go: go test ./config -run Docs -update -->

Svensk sammanfattning: alla inställningar i ` + "`brygga.yaml`" + `, med vad som gäller om inget skrivs.

` + "`brygga init`" + ` writes a commented file to start from, ` + "`brygga check`" + ` says everything that is wrong with one, with line and column, and
` + "`brygga check --schema`" + ` prints the JSON Schema that editors use.

- A **secret** is ` + "`env:NAME`" + ` or ` + "`file:PATH`" + `; the file must be readable by its owner alone (` + "`chmod 600`" + `). A secret in clear is an error. Secrets are read when they are needed, so a new one holds without a restart.
- A **duration** is one number and one unit: ` + "`7d`, `20h`, `90m`, `60s`" + `.
- Relative paths are relative to the folder of the configuration file.
- Anchors, aliases, tags and several documents in one file are not read.
- ` + "`NAME`" + ` is a name that you choose: of a system, a care home, or a unit (the id of its Organization, its HSA-id or its name).
`

// Docs is docs/configuration.md: every key, from the same table that reads them.
func Docs() []byte {
	var b strings.Builder
	b.WriteString(docsHead)
	for _, s := range root.kids {
		if s.form == sectionForm {
			continue
		}
		if !strings.Contains(b.String(), "## The whole") {
			b.WriteString("\n## The whole\n\n" + tableHead)
		}
		docsRow(&b, s)
	}
	for _, s := range root.kids {
		if s.form != sectionForm {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n%s", s.name, s.doc, tableHead)
		s.walk(func(k *spec) {
			if k.form != sectionForm {
				docsRow(&b, k)
			}
		})
	}
	return []byte(b.String())
}

const tableHead = "| Key | Write | Without it | Meaning |\n|---|---|---|---|\n"

func docsRow(b *strings.Builder, s *spec) {
	def := "–"
	switch {
	case s.need:
		def = "*must be written*"
	case s.def != "":
		def = "`" + s.def + "`"
	}
	wants := s.wants()
	if s.example != "" {
		wants += ": `" + s.example + "`"
	}
	fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", s.row.key, wants, def, s.doc)
}
