package sandbox

import "net/http"

// ServeHTTP answers FHIR requests below BasePath.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := refuse(http.StatusNotImplemented, "not-supported", "not built yet")
	w.Header().Set("Content-Type", "application/fhir+json; charset=utf-8")
	w.WriteHeader(f.status)
	_, _ = w.Write([]byte(f.outcome()))
}
