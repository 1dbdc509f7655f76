package files

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"brygga/adapters"
)

// nothing takes pages and looks at none.
type nothing struct{}

func (nothing) Open([]byte) (adapters.Page, error) { return adapters.Page{Total: -1}, nil }

// benchRows is 100,000 visits, as an export has them.
func benchRows(row string) string {
	var b strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&b, row, i, i%5000, i%700, i%28+1, i%24, i%60)
	}
	return b.String()
}

const (
	benchHeader  = "BesöksId;Personnummer;Personal;Datum;Start;Status;Insats;Anteckning\r\n"
	benchCSV     = "%d;18%010d;SE2321000%03d;2026-11-%02d;%02d:%02d;Utfört;Personlig omvårdnad;\"Åt väl; nöjd\"\r\n"
	benchObjects = `{"id":%d,"pnr":"18%010d","personal":"SE2321000%03d","datum":"2026-11-%02d","start":"%02d:%02d","status":"Utfört","insats":"Personlig omvårdnad","anteckning":"Åt väl; nöjd"}`
)

func BenchmarkPull(b *testing.B) {
	columns := []string{"BesöksId", "Personnummer", "Personal", "Datum", "Start", "Status", "Insats"}
	objects := benchRows(benchObjects + "\n")
	tests := []struct {
		name    string
		l       List
		content string
	}{
		{"CSV, Windows-1252", List{Format: CSV, Encoding: Win1252, Header: true, Columns: columns}, encode(b, benchHeader+benchRows(benchCSV), Win1252)},
		{"CSV, UTF-8", List{Format: CSV, Header: true, Columns: columns}, benchHeader + benchRows(benchCSV)},
		{"NDJSON", List{Format: NDJSON}, objects},
		{"JSON", List{Format: JSON}, "[" + strings.ReplaceAll(strings.TrimSuffix(objects, "\n"), "\n", ",\n") + "]"},
		{
			"XML",
			List{Format: XML, Rows: "Export/Besok", Columns: []string{"id", "datum", "insats"}, Fields: map[string]string{"id": "@id"}},
			"<Export>" + benchRows(`<Besok id="%d"><pnr>18%010d</pnr><personal>SE2321000%03d</personal><datum>2026-11-%02d</datum><start>%02d:%02d</start><insats>Personlig omvårdnad</insats></Besok>`+"\n") + "</Export>",
		},
	}
	for _, tt := range tests {
		b.Run(tt.name, func(b *testing.B) {
			tt.l.Glob = "besok"
			w := newWorld(b, tt.l)
			w.o.PageRows = 0
			w.put("besok", tt.content, day)
			s := w.system()
			b.SetBytes(int64(len(tt.content)))
			b.ReportAllocs()
			rows := 0
			for b.Loop() {
				o := s.Pull(context.Background(), adapters.Query{Kind: "visit", Type: "besok"}, nothing{})
				if !o.Complete {
					b.Fatal(o.Fault)
				}
				rows += o.Rows
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkSFTP(b *testing.B) {
	l := List{Glob: "besok", Format: CSV, Encoding: Win1252, Header: true, Columns: []string{"BesöksId", "Datum"}}
	content := encode(b, benchHeader+benchRows(benchCSV), Win1252)
	w, _ := remoteWorld(b, l)
	w.o.PageRows = 0
	w.put("besok", content, day)
	s := w.system()
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if o := s.Pull(context.Background(), adapters.Query{Kind: "visit", Type: "besok"}, nothing{}); !o.Complete {
			b.Fatal(o.Fault)
		}
	}
}
