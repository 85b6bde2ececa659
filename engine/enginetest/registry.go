package enginetest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/image"
)

const (
	manifestType = "application/vnd.docker.distribution.manifest.v2+json"
	configType   = "application/vnd.docker.container.image.v1+json"
	layerType    = "application/vnd.docker.image.rootfs.diff.tar.gzip"
)

// blob is one entry of a manifest.
type blob struct {
	MediaType string `json:"mediaType"`
	Size      int    `json:"size"`
	Digest    string `json:"digest"`
}

// PushLayers puts an image of that many layers, each of about that many random bytes, straight into the registry that
// ref ("127.0.0.1:5000/name:tag") begins with. No engine has seen it before.
func PushLayers(t testing.TB, ref string, layers, bytesEach int) {
	t.Helper()
	address, path, _ := strings.Cut(ref, "/")
	name, tag, ok := strings.Cut(path, ":")
	if !ok {
		t.Fatalf("%q has no tag", ref)
	}
	base := "http://" + address + "/v2/" + name
	var diffs []string
	var blobs []blob
	for n := range layers {
		packed, diff := layer(t, n, bytesEach)
		blobs = append(blobs, pushBlob(t, base, layerType, packed))
		diffs = append(diffs, diff)
	}
	config := marshal(t, map[string]any{
		"architecture": "amd64", "os": "linux", "config": map[string]any{"Cmd": []string{"/none"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": diffs},
	})
	manifest := marshal(t, map[string]any{
		"schemaVersion": 2, "mediaType": manifestType, "config": pushBlob(t, base, configType, config), "layers": blobs,
	})
	send(t, http.MethodPut, base+"/manifests/"+tag, manifestType, manifest)
}

// layer makes a gzipped tar with one file of random bytes, and the digest of the tar itself.
func layer(t testing.TB, n, size int) (packed []byte, diff string) {
	t.Helper()
	content := make([]byte, size)
	_, _ = rand.Read(content) // never fails
	var plain bytes.Buffer
	archive := tar.NewWriter(&plain)
	if err := archive.WriteHeader(&tar.Header{Name: fmt.Sprintf("layer-%d", n), Mode: 0o644, Size: int64(size)}); err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	diff = digest(plain.Bytes())
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.NoCompression) // nothing makes random bytes smaller, and trying takes minutes under the race detector
	if err != nil {
		t.Fatal(err)
	}
	if _, err := zip.Write(plain.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), diff
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// pushBlob uploads one blob in the registry API's two steps.
func pushBlob(t testing.TB, base, mediaType string, content []byte) blob {
	t.Helper()
	location := send(t, http.MethodPost, base+"/blobs/uploads/", "", nil).Get("Location")
	sum := digest(content)
	separator := "?"
	if strings.Contains(location, "?") {
		separator = "&"
	}
	send(t, http.MethodPut, location+separator+"digest="+sum, "application/octet-stream", content)
	return blob{MediaType: mediaType, Size: len(content), Digest: sum}
}

func send(t testing.TB, method, address, contentType string, body []byte) http.Header {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= 300 {
		text, _ := io.ReadAll(res.Body)
		t.Fatalf("%s %s: %s: %s", method, address, res.Status, text)
	}
	return res.Header
}

// Push tags an image of the engine as ref and pushes it to the registry that ref begins with.
func Push(t testing.TB, e *Engine, source, ref string) {
	t.Helper()
	ctx := context.Background()
	if err := e.Client.ImageTag(ctx, source, ref); err != nil {
		t.Fatal(err)
	}
	auth := base64.URLEncoding.EncodeToString([]byte("{}")) // the header must be there, and the registry asks nobody
	stream, err := e.Client.ImagePush(ctx, ref, image.PushOptions{RegistryAuth: auth})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Close() }()
	for decoder := json.NewDecoder(stream); ; {
		var message struct {
			Error string `json:"error"`
		}
		err := decoder.Decode(&message)
		if err == io.EOF {
			break
		}
		if err != nil || message.Error != "" {
			t.Fatalf("push %s: %v %s", ref, err, message.Error)
		}
	}
	if _, err := e.Client.ImageRemove(ctx, ref, image.RemoveOptions{}); err != nil {
		t.Fatal(err)
	}
}
