package fhir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// However a text falls into blocks and reads, each of its lines is read once,
// and problems stand in the order of the lines.
func TestLinesOfManyBlocksAreEachReadOnce(t *testing.T) {
	const lines = 4000 // some megabytes
	var b strings.Builder
	var broken []int
	padding := strings.Repeat("x", 700)
	for n := 1; n <= lines; n++ {
		switch {
		case n%97 == 0:
			broken = append(broken, n)
			b.WriteString("{\"resourceType\":\n")
		case n%31 == 0:
			b.WriteString("\r\n")
		default:
			fmt.Fprintf(&b, `{"resourceType":"Organization","id":"o%d","alias":[%q]}`+"\n", n, padding)
		}
	}
	for name, r := range map[string]io.Reader{
		"read at once":       strings.NewReader(b.String()),
		"read by halves":     iotest.HalfReader(strings.NewReader(b.String())),
		"ending with a read": iotest.DataErrReader(strings.NewReader(b.String())),
	} {
		h := &heard{}
		var at []int
		err := ReadPath(context.Background(), "-", r, newMapper(false), h, func(p Problem) { at = append(at, p.Line) })
		if err != nil || !slices.Equal(at, broken) {
			t.Errorf("%s: %v; problems at %v, want %v", name, err, at, broken)
		}
		seen := map[string]int{}
		for _, r := range h.Records {
			seen[string(r.Ref)]++
		}
		for n := 1; n <= lines; n++ {
			want := 1
			if n%97 == 0 || n%31 == 0 {
				want = 0
			}
			if got := seen[fmt.Sprintf("Organization/o%d", n)]; got != want {
				t.Fatalf("%s: line %d was read %d times", name, n, got)
			}
		}
	}
}

func TestSplitLinesGivesTheWholeText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var parts []string
		for range rapid.IntRange(0, 6).Draw(t, "lines") {
			long := rapid.SampledFrom([]int{0, 1, 70, blockSize - 1, blockSize, blockSize + 1, 3 * blockSize}).Draw(t, "length")
			parts = append(parts, strings.Repeat("x", long))
		}
		text := strings.Join(parts, "\n")
		var got strings.Builder
		line := 1
		err := splitLines(context.Background(), strings.NewReader(text), nil, func(b block) {
			if b.first != line {
				t.Fatalf("a block begins with line %d, want %d", b.first, line)
			}
			line += strings.Count(string(b.text), "\n")
			got.Write(b.text)
		})
		if err != nil || got.String() != text {
			t.Fatalf("%v: %d letters of %d", err, got.Len(), len(text))
		}
	})
}

func TestAReadThatFailsIsAnErrorAndItsLastLineIsNoProblem(t *testing.T) {
	whole := oneLine(wholePatient) + "\n"
	r := io.MultiReader(strings.NewReader(whole+`{"resourceType":"CarePl`), iotest.ErrReader(errors.New("the disk is gone")))
	h := &heard{}
	err := ReadPath(context.Background(), "-", r, newMapper(false), h, func(p Problem) { t.Errorf("a problem: %v", p) })
	if err == nil || !strings.Contains(err.Error(), "the disk is gone") || len(h.Records) != 1 {
		t.Errorf("%v; %d records", err, len(h.Records))
	}
}
