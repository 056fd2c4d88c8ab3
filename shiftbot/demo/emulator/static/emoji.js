// Emoji shortcodes that shiftbot and its readers are likely to use. An unknown one stays as typed, between its colons.

const TABLE = `
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎|heavy_multiplication_x ✖️
warning ⚠️|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑|stop_sign 🛑|exclamation ❗|heavy_exclamation_mark ❗|bangbang ‼️|question ❓|grey_question ❔
grey_exclamation ❕|rotating_light 🚨|bell 🔔|no_bell 🔕|mute 🔇|loud_sound 🔊|speaker 🔈|mega 📣|loudspeaker 📢|postal_horn 📯
thermometer 🌡️|snowflake ❄️|ice_cube 🧊|fire 🔥|sunny ☀️|cloud ☁️|droplet 💧|ocean 🌊|zap ⚡|hot_face 🥵|cold_face 🥶
hourglass ⌛|hourglass_flowing_sand ⏳|alarm_clock ⏰|stopwatch ⏱️|timer_clock ⏲️|clock1 🕐|clock2 🕑|clock3 🕒|clock4 🕓|clock5 🕔|clock6 🕕|clock7 🕖
clock730 🕢|clock8 🕗|clock9 🕘|clock10 🕙|clock11 🕚|clock12 🕛|calendar 📅|date 📅|spiral_calendar_pad 🗓️|spiral_calendar 🗓️|sunrise 🌅|sunrise_over_mountains 🌄
city_sunset 🌆|crescent_moon 🌙|new_moon 🌑|full_moon 🌕|night_with_stars 🌃|watch ⌚
lock 🔒|unlock 🔓|closed_lock_with_key 🔐|lock_with_ink_pen 🔏|key 🔑|old_key 🗝️|shield 🛡️|door 🚪|package 📦|inbox_tray 📥|outbox_tray 📤|file_cabinet 🗄️|card_index_dividers 🗂️
wastebasket 🗑️|broom 🧹|soap 🧼|sponge 🧽|basket 🧺|label 🏷️|bookmark 🔖|receipt 🧾|moneybag 💰|dollar 💵|credit_card 💳|shopping_trolley 🛒
telephone_receiver 📞|telephone ☎️|phone ☎️|iphone 📱|calling 📲|pager 📟|fax 📠|email 📧|envelope ✉️|incoming_envelope 📨|mailbox 📫|voicemail 📼|speech_balloon 💬|left_speech_bubble 🗨️|thought_balloon 💭
pill 💊|syringe 💉|drop_of_blood 🩸|adhesive_bandage 🩹|stethoscope 🩺|hospital 🏥|ambulance 🚑|microscope 🔬|test_tube 🧪|petri_dish 🧫|dna 🧬|microbe 🦠|mask 😷|medical_symbol ⚕️|staff_of_aesculapius ⚕️|health_worker 🧑‍⚕️|scientist 🧑‍🔬|mortar ⚗️|alembic ⚗️|scales ⚖️|balance_scale ⚖️|thread 🧵
clipboard 📋|memo 📝|pencil 📝|pencil2 ✏️|lower_left_ballpoint_pen 🖊️|pen 🖊️|writing_hand ✍️|page_facing_up 📄|page_with_curl 📃|bookmark_tabs 📑|notebook 📓|ledger 📒|books 📚|book 📖|bar_chart 📊|chart_with_upwards_trend 📈|chart_with_downwards_trend 📉
abacus 🧮|1234 🔢|input_numbers 🔢|hash #️⃣|paperclip 📎|pushpin 📌|round_pushpin 📍|triangular_flag_on_post 🚩|checkered_flag 🏁|waving_white_flag 🏳️|link 🔗|mag 🔍|mag_right 🔎|bulb 💡|flashlight 🔦|candle 🕯️
gear ⚙️|wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|toolbox 🧰|electric_plug 🔌|battery 🔋|low_battery 🪫|satellite_antenna 📡|signal_strength 📶|computer 💻|desktop_computer 🖥️|printer 🖨️|floppy_disk 💾|robot_face 🤖|ghost 👻
arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️|arrow_upper_right ↗️|arrow_lower_right ↘️|leftwards_arrow_with_hook ↩️|arrow_right_hook ↪️|arrows_counterclockwise 🔄|arrows_clockwise 🔃|repeat 🔁|fast_forward ⏩|rewind ⏪|arrow_forward ▶️|double_vertical_bar ⏸️|pause_button ⏸️|black_square_for_stop ⏹️|small_red_triangle 🔺|small_red_triangle_down 🔻
red_circle 🔴|large_orange_circle 🟠|orange_circle 🟠|large_yellow_circle 🟡|yellow_circle 🟡|large_green_circle 🟢|green_circle 🟢|large_blue_circle 🔵|blue_circle 🔵|large_purple_circle 🟣|purple_circle 🟣|white_circle ⚪|black_circle ⚫|radio_button 🔘
large_red_square 🟥|red_square 🟥|large_orange_square 🟧|large_yellow_square 🟨|large_green_square 🟩|large_blue_square 🟦|large_blue_diamond 🔷|large_orange_diamond 🔶|white_large_square ⬜|black_large_square ⬛|white_medium_square ◻️|black_medium_square ◼️|white_small_square ▫️|black_small_square ▪️|white_square_button 🔳|black_square_button 🔲|heavy_minus_sign ➖|heavy_plus_sign ➕
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|ok_hand 👌|wave 👋|raised_hand ✋|hand ✋|raised_hands 🙌|clap 👏|pray 🙏|handshake 🤝|muscle 💪|point_right 👉|point_left 👈|point_up ☝️|point_down 👇|eyes 👀|eye 👁️|ear 👂|bust_in_silhouette 👤|busts_in_silhouette 👥|family 👪|woman-raising-hand 🙋‍♀️|raising_hand 🙋
smile 😄|slightly_smiling_face 🙂|simple_smile 🙂|smiley 😃|grinning 😀|wink 😉|blush 😊|thinking_face 🤔|neutral_face 😐|disappointed 😞|cry 😢|scream 😱|sweat_smile 😅|sleeping 😴|zzz 💤|tada 🎉|sparkles ✨|star ⭐|heart ❤️|green_heart 💚|blue_heart 💙|broken_heart 💔|100 💯|trophy 🏆|medal 🏅|coffee ☕|house 🏠|office 🏢|convenience_store 🏪|department_store 🏬
information_source ℹ️|new 🆕|ok 🆗|sos 🆘|cool 🆒|free 🆓|up 🆙|recycle ♻️|infinity ♾️|end 🔚|back 🔙|soon 🔜|on 🔛|top 🔝|heavy_dollar_sign 💲|registered ®️|copyright ©️|tm ™️
zero 0️⃣|one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|six 6️⃣|seven 7️⃣|eight 8️⃣|nine 9️⃣|keycap_ten 🔟
truck 🚚|delivery_truck 🚚|car 🚗|oncoming_automobile 🚘|ladder 🪜|bed 🛏️|roll_of_paper 🧻|jar 🫙|bucket 🪣|fridge 🧊|construction 🚧|traffic_light 🚥|vertical_traffic_light 🚦|see_no_evil 🙈|globe_with_meridians 🌐|us 🇺🇸
`;

const CHARACTERS = new Map(
  TABLE.trim()
    .split(/[|\n]/)
    .map((entry) => entry.trim().split(" ")),
);

/** The character of a shortcode without its colons (a skin tone after "::" is dropped), or null. */
export function emojiFor(name) {
  return CHARACTERS.get(name.split("::")[0]) || null;
}

/** Replace every known :shortcode: of a plain text. */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+)(?:::skin-tone-\d)?:/g, (whole, name) => emojiFor(name) || whole);
}
