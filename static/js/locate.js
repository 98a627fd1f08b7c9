// "Use my location": asks the browser, rounds to about half a mile before anything is sent, fills the where box.
const STEP_DEG = 0.01;

export default function locate(button) {
  if (!("geolocation" in navigator)) return;
  const box = document.getElementById(button.dataset.locate);
  const status = document.getElementById(button.dataset.locateStatus);
  const round = (value) => (Math.round(value / STEP_DEG) * STEP_DEG).toFixed(2);
  button.hidden = false;
  button.addEventListener("click", () => {
    status.textContent = button.dataset.locateWait;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        box.value = `${round(coords.latitude)}, ${round(coords.longitude)}`;
        status.textContent = button.dataset.locateDone;
      },
      () => {
        status.textContent = button.dataset.locateRefused;
        box.focus();
      },
      { enableHighAccuracy: false, timeout: 10000, maximumAge: 600000 },
    );
  });
}
