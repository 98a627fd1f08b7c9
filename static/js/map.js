// Draws the map from the pins that the list brought. Leaflet and the map's styles are fetched here, so a page whose map
// nobody comes near never sends them.
const fetched = (name, properties) => new Promise((done, failed) => {
  const element = Object.assign(document.createElement(name), properties);
  if ([...document.head.querySelectorAll(name)].some((other) => (other.src || other.href) === (element.src || element.href))) return done();
  element.onload = done;
  element.onerror = failed;
  document.head.append(element);
});
const script = (src) => fetched("script", { src });
const style = (href) => fetched("link", { rel: "stylesheet", href });

const outlines = new Map(); // one fetch for all searches of a page
const fetchOutlines = (address) => {
  if (!outlines.has(address)) outlines.set(address, fetch(address).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null));
  return outlines.get(address);
};

const label = (text) => Object.assign(document.createElement("span"), { textContent: text });
const pin = (text, kind) => L.divIcon({ className: `gt-pin${kind ? ` gt-pin--${kind}` : ""}`, html: label(text), iconSize: [30, 30] });

function popup(each, words) {
  const body = document.createElement("div");
  const name = document.createElement("strong");
  name.textContent = `${each.number}. ${each.name}`;
  const link = document.createElement("a");
  link.href = `#service-${each.id}`;
  link.textContent = words.show;
  body.append(name, document.createElement("br"), ...(each.line ? [each.line, document.createElement("br")] : []), link);
  return body;
}

function chooseCard(id) {
  for (const card of document.querySelectorAll(".gt-card--chosen")) card.classList.remove("gt-card--chosen");
  const card = document.getElementById(`service-${id}`);
  card?.classList.add("gt-card--chosen");
  card?.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

function drawOutlines(map, shapes) {
  if (!shapes) return;
  L.geoJSON(shapes, {
    interactive: false,
    filter: (feature) => feature.geometry.type !== "Point",
    style: () => ({ color: "#8a97a6", weight: 1, fillColor: "#f8f6ef", fillOpacity: 1 }),
  }).addTo(map).bringToBack();
  const pane = map.createPane("towns"); // under the pins
  pane.style.zIndex = 450;
  const towns = shapes.features.filter((feature) => feature.geometry.type === "Point").map((feature) => {
    const [lng, lat] = feature.geometry.coordinates;
    return L.tooltip({ permanent: true, direction: "center", className: "gt-town", interactive: false, pane: "towns" })
      .setLatLng([lat, lng]).setContent(label(feature.properties.name));
  });
  const shown = L.layerGroup().addTo(map);
  // Only names in sight that do not lie on each other; from a zoom where a town is more than a dot.
  const names = () => {
    shown.clearLayers();
    if (map.getZoom() < 10) return;
    const taken = [];
    for (const town of towns) {
      const at = map.latLngToContainerPoint(town.getLatLng());
      if (!map.getSize().contains(at) || at.x < 0 || at.y < 0) continue;
      if (taken.some((other) => Math.abs(other.x - at.x) < 84 && Math.abs(other.y - at.y) < 20)) continue;
      taken.push(at);
      shown.addLayer(town);
    }
  };
  map.on("moveend", names);
  names();
}

function addPins(map, pins, words) {
  const cluster = L.markerClusterGroup({
    maxClusterRadius: 36, showCoverageOnHover: false, spiderLegPolylineOptions: { color: "#162e51" },
    iconCreateFunction: (group) => pin(`×${group.getChildCount()}`, "group"),
  });
  const markers = new Map();
  for (const each of pins) {
    if (each.area_m) L.circle([each.lat, each.lng], { radius: each.area_m, color: "#b57b00", weight: 1, fillOpacity: 0.12, interactive: false }).addTo(map);
    const title = `${each.number}. ${each.name}${each.area_m ? ` (${words.near})` : ""}`;
    const marker = L.marker([each.lat, each.lng], { icon: pin(String(each.number)), keyboard: true, title, alt: title });
    marker.bindPopup(() => popup(each, words)).on("popupopen", () => chooseCard(each.id));
    marker.on("keydown", ({ originalEvent }) => originalEvent.key === "Escape" && marker.closePopup());
    markers.set(each.id, marker);
    cluster.addLayer(marker);
  }
  cluster.on("animationend spiderfied", nameGroups);
  map.addLayer(cluster);
  function nameGroups() {
    for (const group of map.getPane("markerPane").querySelectorAll(".gt-pin--group")) group.setAttribute("aria-label", words.group.replace("#", group.textContent.replace("×", "")));
  }
  nameGroups();
  map.on("moveend", nameGroups);
  for (const link of document.querySelectorAll("[data-card-link]")) {
    const marker = markers.get(link.dataset.cardLink);
    if (!marker) continue;
    const light = (on) => () => marker.getElement()?.classList.toggle("gt-pin--chosen", on);
    link.addEventListener("focus", light(true));
    link.addEventListener("blur", light(false));
    link.closest(".gt-card").addEventListener("mouseenter", light(true));
    link.closest(".gt-card").addEventListener("mouseleave", light(false));
  }
}

export default async function showMap(frame) {
  if (frame.dataset.drawn) return;
  frame.dataset.drawn = "yes";
  const { pins: pinsText, area: areaText, outlines: address, styles, leaflet, cluster, tileUrl, tileCredit } = frame.dataset;
  const words = { show: frame.dataset.wordShow, near: frame.dataset.wordNear, group: frame.dataset.wordGroup };
  await Promise.all(styles.split(" ").map(style));
  await script(leaflet);
  await script(cluster);
  const pins = JSON.parse(pinsText);
  const area = JSON.parse(areaText);
  const map = L.map(frame, { minZoom: 6, maxZoom: 16, scrollWheelZoom: false, zoomControl: false });
  L.control.zoom({ zoomInTitle: frame.dataset.wordZoomIn, zoomOutTitle: frame.dataset.wordZoomOut }).addTo(map);
  map.attributionControl.setPrefix(false);
  if (tileUrl) L.tileLayer(tileUrl, { attribution: tileCredit }).addTo(map);
  const bounds = L.latLngBounds(pins.map((each) => [each.lat, each.lng]));
  if (area?.lat !== undefined) bounds.extend([area.lat, area.lng]);
  map.fitBounds(bounds.isValid() ? bounds.pad(0.1) : [[40.9, -73.98], [41.37, -73.48]], { maxZoom: 14 });
  if (area?.lat !== undefined) {
    L.marker([area.lat, area.lng], { icon: L.divIcon({ className: "gt-pin--here", iconSize: [16, 16] }), interactive: false, keyboard: false, alt: "" }).addTo(map);
  }
  addPins(map, pins, words);
  if (!tileUrl) drawOutlines(map, await fetchOutlines(address));
}
