package fhir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"brygga/mapping"
)

// Problem is something on disk that could not be read, and that no record in
// quarantine stands for.
type Problem struct {
	File   string // as it was found; "stdin" for standard input
	Line   int    // from 1, of NDJSON; 0 where the file is one document
	Reason string // without anything of the content
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Reason
	}
	return fmt.Sprintf("%s, line %d: %s", p.File, p.Line, p.Reason)
}

// ReadPath reads FHIR data on disk into the sink: a folder with files *.ndjson (one
// resource a line) and *.json (one resource or Bundle each), one such file, or "-"
// for NDJSON on stdin. Folders within the folder are not looked into.
//
// What is broken does not stop the rest. A broken line that still names its client,
// or its member of staff, goes to the sink as unreadable; any other is a problem.
// An error means that there is nothing to read, or that reading stopped half-way.
func ReadPath(ctx context.Context, path string, stdin io.Reader, m *Mapper, sink mapping.Sink, problem func(Problem)) error {
	d := &disk{m: m, sink: sink, problem: problem}
	if path == "-" {
		return d.lines(ctx, "stdin", stdin)
	}
	files, err := filesIn(path)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := d.file(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// filesIn lists the files to read, sorted by name.
func filesIn(path string) ([]string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such file or folder", path)
	}
	if err != nil {
		return nil, fmt.Errorf("looking for FHIR data: %w", err)
	}
	if !info.IsDir() {
		if !isLines(path) && !isDocument(path) {
			return nil, fmt.Errorf("%s: a file must be named .ndjson or .json, so that it is known how to read it", path)
		}
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("looking for FHIR data: %w", err)
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() && (isLines(e.Name()) || isDocument(e.Name())) {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no *.ndjson or *.json files in this folder", path)
	}
	slices.Sort(files)
	return files, nil
}

func isLines(name string) bool    { return strings.EqualFold(filepath.Ext(name), ".ndjson") }
func isDocument(name string) bool { return strings.EqualFold(filepath.Ext(name), ".json") }

// disk is one reading of data on disk.
type disk struct {
	m       *Mapper
	sink    mapping.Sink
	problem func(Problem)
}

func (d *disk) file(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("reading FHIR data: %w", err)
	}
	defer f.Close()
	if isLines(path) {
		return d.lines(ctx, path, f)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	body, err := io.ReadAll(f)
	if err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	d.document(path, 0, body)
	return nil
}

// byteOrderMark is put at the start of files by some exports.
var byteOrderMark = []byte("\xef\xbb\xbf")

// document reads one resource or Bundle.
func (d *disk) document(name string, line int, body []byte) {
	if line <= 1 {
		body = bytes.TrimPrefix(body, byteOrderMark)
	}
	err := d.m.Document(d.sink, body)
	if err == nil {
		return
	}
	if u, ok := d.m.salvage(body); ok {
		u.Reason = Problem{File: filepath.Base(name), Line: line, Reason: err.Error()}.String()
		d.sink.Unreadable(u)
		return
	}
	d.problem(Problem{File: name, Line: line, Reason: err.Error()})
}
