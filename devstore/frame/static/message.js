// Shows a mail as wide as a desktop reader or a phone.
const mail = document.getElementById("mail");
const widths = document.querySelectorAll("[data-width]");
for (const button of widths) {
  button.addEventListener("click", () => {
    mail.className = button.dataset.width;
    for (const other of widths) other.setAttribute("aria-pressed", String(other === button));
  });
}
