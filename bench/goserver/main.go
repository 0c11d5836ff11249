// A minimal net/http server that holds the benchmark's services in memory: the same three
// operations with Go's standard library alone.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

const root = "/bench/v1/services"
const listed = 20

type link struct {
	Href string `json:"href"`
}

type links struct {
	Self link `json:"self"`
}

type category struct {
	Href    string `json:"href"`
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version string `json:"version"`
}

type endpoint struct {
	Uris []string `json:"uris"`
}

type transport struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Description string         `json:"description,omitempty"`
	Type        string         `json:"type"`
	Protocol    string         `json:"protocol"`
	Version     string         `json:"version"`
	Endpoint    endpoint       `json:"endpoint"`
	Security    map[string]any `json:"security"`
}

type service struct {
	Links             *links    `json:"_links,omitempty"`
	SerInstanceID     string    `json:"serInstanceId,omitempty"`
	SerName           string    `json:"serName"`
	SerCategory       category  `json:"serCategory"`
	Version           string    `json:"version"`
	State             string    `json:"state"`
	TransportInfo     transport `json:"transportInfo"`
	Serializer        string    `json:"serializer"`
	ScopeOfLocality   string    `json:"scopeOfLocality"`
	ConsumedLocalOnly bool      `json:"consumedLocalOnly"`
	IsLocal           bool      `json:"isLocal"`
}

type stored struct {
	value service
	etag  string
}

type server struct {
	lock  sync.RWMutex
	order []string
	held  map[string]*stored
	next  int
}

func (s *server) add(value service) *stored {
	s.lock.Lock()
	defer s.lock.Unlock()
	value.SerInstanceID = "s" + strconv.Itoa(s.next)
	s.next++
	value.Links = &links{link{root + "/" + value.SerInstanceID}}
	raw, _ := json.Marshal(value)
	sum := sha256.Sum256(raw)
	kept := &stored{value, `"` + hex.EncodeToString(sum[:12]) + `"`}
	s.held[value.SerInstanceID] = kept
	if len(s.order) < listed {
		s.order = append(s.order, value.SerInstanceID)
	}
	return kept
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func (s *server) list(w http.ResponseWriter) {
	s.lock.RLock()
	found := make([]service, 0, len(s.order))
	for _, id := range s.order {
		found = append(found, s.held[id].value)
	}
	s.lock.RUnlock()
	answer(w, http.StatusOK, found)
}

func (s *server) create(w http.ResponseWriter, r *http.Request) {
	var value service
	if err := json.NewDecoder(r.Body).Decode(&value); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if value.SerName == "" || value.Version == "" || value.State == "" {
		http.Error(w, "serName, version and state are needed", http.StatusUnprocessableEntity)
		return
	}
	kept := s.add(value)
	w.Header().Set("Location", "http://"+r.Host+root+"/"+kept.value.SerInstanceID)
	answer(w, http.StatusCreated, kept.value)
}

func (s *server) many(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		s.list(w)
	case http.MethodPost:
		s.create(w, r)
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

func (s *server) one(w http.ResponseWriter, r *http.Request) {
	s.lock.RLock()
	kept, found := s.held[strings.TrimPrefix(r.URL.Path, root+"/")]
	s.lock.RUnlock()
	if !found {
		http.Error(w, "no such service", http.StatusNotFound)
		return
	}
	w.Header().Set("ETag", kept.etag)
	if r.Header.Get("If-None-Match") == kept.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	answer(w, http.StatusOK, kept.value)
}

func main() {
	seed := flag.String("seed", "", "one service as JSON; twenty of it are held")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	s := &server{held: map[string]*stored{}}
	var value service
	if err := json.Unmarshal([]byte(*seed), &value); err != nil {
		log.Fatal(err)
	}
	for i := 0; i < listed; i++ {
		s.add(value)
	}
	mux := http.NewServeMux()
	mux.HandleFunc(root, s.many)
	mux.HandleFunc(root+"/", s.one)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, mux))
}
