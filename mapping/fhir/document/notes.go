package document

import (
	"encoding/base64"
	"strings"

	"brygga/care"
)

// isAttachment tells an Attachment by its element, or by its form.
func isAttachment(k string, o object) bool {
	if k == "attachment" || k == "valueAttachment" || k == "photo" || k == "contentAttachment" {
		return true
	}
	_, typed := o["contentType"].(string)
	return typed
}

// attachment gives an attachment with its content in it. A Binary of the source is put
// in; other addresses are taken out, since the recipient cannot, or must not, go there.
func (s *scrubber) attachment(a object, path string) (object, bool) {
	rest := object{}
	for k, v := range a {
		if k != "url" && k != "_url" {
			rest[k] = v
		}
	}
	out, intact := s.object(rest, path, false)
	if _, elsewhere := a["url"]; !elsewhere {
		return out, intact
	}
	if out == nil {
		out = object{}
	}
	if s.notes && out["data"] == nil {
		if b := s.x.binary(refOf(text(a, "url"), s.x.o.Base)); b != nil {
			out["data"] = b["data"]
			if text(out, "contentType") == "" {
				out["contentType"] = b["contentType"]
			}
		}
	}
	if out["data"] == nil {
		s.lost(path, ReasonAddress)
		intact = false
	}
	if len(out) == 0 {
		return nil, intact
	}
	return out, intact
}

// binary gives the Binary of a note: contentType and data. It is wanted where it was
// not read yet, and nil where it is not there or cannot be carried.
func (x *composing) binary(ref care.Ref) object {
	if typeOf(ref) != "Binary" {
		return nil
	}
	raw, read := x.support[ref]
	if !read {
		x.wanted[ref] = true
		return nil
	}
	o, err := decode(raw)
	data := strings.Join(strings.Fields(text(o, "data")), "")
	if err != nil || selfOf(o) != ref || data == "" || text(o, "contentType") == "" || protecting(o) {
		return nil
	}
	if _, err := base64.StdEncoding.DecodeString(data); err != nil {
		return nil
	}
	return object{"contentType": text(o, "contentType"), "data": data}
}
